"""A company that does not exist, its customers, and a case in which some of them leaked; for tests of notices."""
import random

FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = "静伟芳娜敏强磊军洋勇艳杰娟涛明超秀霞平刚"
HEADER = ["customer_id", "name", "mobile", "email", "city"]


def customers(count, seed=1):
    dice = random.Random(seed)
    rows = []
    for i in range(count):
        name = dice.choice(FAMILY) + dice.choice(GIVEN) + dice.choice(GIVEN)
        rows.append([f"K{700000 + i * 7}", name, f"13{8 + i % 2}{dice.randrange(10**8):08d}", f"p{i}.{dice.randrange(10**6)}@mail.example",
                     dice.choice(["上海市", "北京市", "成都市", "西安市"])])
    return rows


def resident_id(n):
    """A number with the right check digit, of nobody."""
    digits = f"11010119{50 + n % 40}{n // 40 % 12 + 1:02d}{n % 28 + 1:02d}{n % 1000:03d}"
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11]


def csv(rows, header=HEADER):
    return "".join(",".join(row) + "\n" for row in [header, *rows])


def case_of(stage, rows, leaked, columns=(0, 1, 2)):
    """Seals the rows, and opens a case in which these of them leaked, with these columns; returns its number."""
    stage.hufu("seal", "customers", stage.write("customers.csv", csv(rows)), "--as-of", "2022-10-31", "--person", "customer_id")
    leak = [[row[c] for c in columns] for row in leaked]
    return open_case(stage, stage.write("leak.csv", csv(leak, [HEADER[c] for c in columns])))


def open_case(stage, *leaks):
    case = stage.said("case", "open", stage.write("note.txt", "somebody called\n"))["id"]
    for leak in leaks:
        stage.hufu("match", leak, "--case", case)
    stage.hufu("case", "impact", case, "measures=已封堵漏洞并报告主管部门。The hole is closed and the authorities are told.")
    return case


def settings(stage, mail=None, **more):
    env = {"HUFU_NOTIFY_SENDER": "示例汽车 Example Motors", "HUFU_NOTIFY_CONTACT": "400-000-0000", "HUFU_NOTIFY_QUIET": "none",
           "HUFU_NOTIFY_RETRY": "1s"}
    if mail:
        env.update(HUFU_MAIL_SERVER=f"smtp://127.0.0.1:{mail.port}", HUFU_MAIL_FROM="privacy@carmaker.example", HUFU_MAIL_TIMEOUT="2s")
    stage.env.update(env, **more)
