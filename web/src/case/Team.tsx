// Who does what: tasks, members, decisions, the impact form.
import { Button, Form, Input, Tag } from "antd";
import { useState } from "react";
import { useTexts } from "../i18n";
import { roleName } from "../i18n/names";
import { Section, StatusTag } from "../parts/common";
import { useHouse } from "../shell";
import type { Task } from "../types";
import { useCase, useChange } from "./change";

function useWorks(): boolean {
  const { may } = useHouse();
  return useCase().value.state === "open" && may("work");
}

function TaskLine({ task }: { task: Task }) {
  const { t, say, time, language } = useTexts();
  const works = useWorks();
  const { send, busy } = useChange();
  const [name, setName] = useState(task.assignee ?? "");
  const change = (body: unknown) => void send("PATCH", `/tasks/${task.id}`, body);
  return (
    <li>
      <StatusTag status={task.state} /> <strong>{say(task.title)}</strong> <Tag>{roleName(task.role, language)}</Tag>
      <div className="quiet">
        {task.due && (
          <>
            {t("due")} {time(task.due)}{" "}
          </>
        )}
        {task.assignee && (
          <>
            · {t("assignee")} {task.assignee}
          </>
        )}
      </div>
      {works && (
        <div style={{ display: "flex", gap: 8, flexWrap: "wrap" }}>
          {task.state === "open" ? (
            <>
              <Button size="small" loading={busy} onClick={() => change({ state: "done" })}>
                {t("finish")}
              </Button>
              <Button size="small" loading={busy} onClick={() => change({ state: "dropped" })}>
                {t("drop")}
              </Button>
              <Input
                size="small"
                style={{ width: 140 }}
                value={name}
                aria-label={`${t("assignee")} ${say(task.title)}`}
                placeholder={t("assignee")}
                onChange={(event) => setName(event.target.value)}
                onPressEnter={() => name.trim() && change({ assignee: name.trim() })}
              />
              <Button size="small" disabled={!name.trim() || name === task.assignee} onClick={() => change({ assignee: name.trim() })}>
                {t("assign")}
              </Button>
            </>
          ) : (
            <Button size="small" onClick={() => change({ state: "open" })}>
              {t("reopen")}
            </Button>
          )}
        </div>
      )}
    </li>
  );
}

export function Tasks() {
  const { t } = useTexts();
  const { value } = useCase();
  const open = value.tasks.filter((task) => task.state === "open");
  const rest = value.tasks.filter((task) => task.state !== "open");
  return (
    <Section id="tasks" title={t("tasks")}>
      <ul className="lines">
        {[...open, ...rest].map((task) => (
          <TaskLine key={task.id} task={task} />
        ))}
      </ul>
    </Section>
  );
}

export function Members() {
  const { t, language } = useTexts();
  const { value } = useCase();
  const works = useWorks();
  const { send, busy } = useChange();
  const [form] = Form.useForm<{ name: string; role: string; contact?: string }>();
  const roles = [...new Set(value.tasks.map((task) => task.role))];
  const add = async (fields: { name: string; role: string; contact?: string }) => {
    if (await send("POST", "/members", fields)) form.resetFields();
  };
  return (
    <Section id="members" title={t("members")}>
      <ul className="lines">
        {value.members.map((member) => (
          <li key={`${member.name}-${member.role}`}>
            <strong>{member.name}</strong> <Tag>{roleName(member.role, language)}</Tag> <span className="quiet">{member.contact}</span>
          </li>
        ))}
      </ul>
      {works && (
        <Form form={form} layout="inline" style={{ marginTop: 12, rowGap: 8 }} onFinish={(fields) => void add(fields)}>
          <Form.Item name="name" label={t("name")} rules={[{ required: true, message: "" }]}>
            <Input style={{ width: 130 }} />
          </Form.Item>
          <Form.Item name="role" label={t("role")} rules={[{ required: true, message: "" }]}>
            <Input style={{ width: 130 }} list="member-roles" />
          </Form.Item>
          <datalist id="member-roles">
            {roles.map((role) => (
              <option key={role} value={role} />
            ))}
          </datalist>
          <Form.Item name="contact" label={t("contact")}>
            <Input style={{ width: 130 }} />
          </Form.Item>
          <Button htmlType="submit" loading={busy}>
            {t("addMember")}
          </Button>
        </Form>
      )}
    </Section>
  );
}

export function Decisions() {
  const { t, time } = useTexts();
  const { value } = useCase();
  const works = useWorks();
  const { send, busy } = useChange();
  const [form] = Form.useForm<{ what: string; why: string }>();
  const add = async (fields: { what: string; why: string }) => {
    if (await send("POST", "/decisions", fields)) form.resetFields();
  };
  return (
    <Section id="decisions" title={t("decisions")}>
      <ul className="lines">
        {value.decisions.map((decision) => (
          <li key={`${decision.at}-${decision.what}`}>
            <strong>{decision.what}</strong>
            <div>{decision.why}</div>
            <div className="quiet">
              {decision.by} {time(decision.at)}
            </div>
          </li>
        ))}
      </ul>
      {works && (
        <Form form={form} layout="vertical" style={{ marginTop: 12 }} onFinish={(fields) => void add(fields)}>
          <Form.Item name="what" label={t("what")} rules={[{ required: true, message: "" }]}>
            <Input />
          </Form.Item>
          <Form.Item name="why" label={t("why")} rules={[{ required: true, message: "" }]}>
            <Input.TextArea rows={2} />
          </Form.Item>
          <Button htmlType="submit" loading={busy}>
            {t("decide")}
          </Button>
        </Form>
      )}
    </Section>
  );
}
