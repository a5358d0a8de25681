# Completion of hufu for bash: commands, options, datasets (the files in the store's seals/), kinds, forms, zones.
# It runs nothing, not even hufu: names of files are data here, and are quoted. test/house/completion holds it
# against every command's --help.

_hufu_commands="init seal seals match forget key kind case verify duties config account serve help"
_hufu_kinds="mobile resident_id vin plate bank_card uscc email name address date"
_hufu_forms="md5 sha1 sha256 masked md5+86 sha1+86 sha256+86 md5-86"

# The options of a command; those that take a value end in "=".
_hufu_options()
{
	case $1 in
	init) echo "--store= --zone= --help" ;;
	seal) echo "--as-of= --key= --person= --facet= --private= --public= --skip= --form= --export= --store= --help" ;;
	seals) echo "--columns --store= --help" ;;
	match) echo "--json --people= --from= --case= --lang= --store= --help" ;;
	forget) echo "--person= --before= --yes --store= --help" ;;
	key) echo "--store= --help" ;;
	case) echo "--title= --kind= --host= --drill --dataset= --basis= --source= --role= --contact= --assign= --why= --note= --part= --from= --rows= --clear --reason= --dry-run --release --text= --released-by= --person= --mail= --mobile= --test-to= --channel= --at= --file= --amount= --currency= --approved-by= --sent-by= --reference= --json --lang= --store= --help" ;;
	verify) echo "--signer= --ca= --json --store= --help" ;;
	config) echo "--json --store= --help" ;;
	account) echo "--role= --contact= --end --json --store= --help" ;;
	serve) echo "--listen= --routes --store= --help" ;;
	kind) echo "--json --store= --help" ;;
	duties) echo "--basis= --lang= --json --all --store= --help" ;;
	help) ;;
	*) echo "--store= --help --version" ;;
	esac
}

# Keeps those of the candidates that go on from $value. What readline has behind it already ($lead, $behind) is cut off:
# it breaks words at "=" and ":".
_hufu_offer()
{
	local candidate whole
	for candidate; do
		[[ $candidate == "$value"* ]] || continue
		whole=$lead$candidate
		COMPREPLY+=("${whole#"$behind"}")
	done
}

_hufu_datasets()
{
	local file name
	for file in "$store"/seals/*.seal; do
		[[ -f $file ]] || continue
		name=${file##*/} name=${name%.seal}
		[[ $name == "$value"* ]] || continue
		printf -v name %q "$name"
		COMPREPLY+=("${name#"$behind"}")
	done
}

_hufu_zones()
{
	local code place zone rest
	_hufu_offer UTC
	while read -r code place zone rest; do
		[[ $code == \#* ]] || _hufu_offer "$zone"
	done 2>/dev/null <"${TZDIR:-/usr/share/zoneinfo}/zone.tab"
}

# Nothing to offer, and files would be wrong too.
_hufu_nothing()
{
	compopt +o default 2>/dev/null
}

_hufu_value()
{
	local kind form
	case $1 in
	--store) compopt -o dirnames 2>/dev/null ;;
	--zone) _hufu_zones ;;
	--lang) _hufu_offer zh en ;;
	--basis) _hufu_offer claimed estimated confirmed ;;
	--people | --from | --ca | --text) ;; # a file
	--form)
		_hufu_offer none
		for form in $_hufu_forms; do
			for kind in $_hufu_kinds; do
				_hufu_offer "$form:$kind"
			done
		done
		;;
	*) _hufu_nothing ;; # a column, a time, a number: only you know it
	esac
}

_hufu_operand()
{
	case $command in
	"" | help) _hufu_offer $_hufu_commands ;;
	seal) ((operands == 0)) && _hufu_datasets ;;
	seals | forget) ((operands == 0)) && _hufu_datasets || _hufu_nothing ;;
	key) ((operands == 0)) && _hufu_offer backup restore wrap unwrap show ;;
	case) ((operands == 0)) && _hufu_offer open list show timeline plan fact listing impact member task decide duty explain close bundle look export tick told hold retain check backup restore stamp notice claim filing year ledger ;;
	kind) ((operands == 0)) && _hufu_offer $_hufu_kinds || _hufu_nothing ;;
	account) ((operands == 0)) && _hufu_offer add list role password reset totp disable enable sessions log || _hufu_nothing ;;
	serve) _hufu_nothing ;;
	duties) ((operands == 0)) && _hufu_offer check list facts judge explain ;;
	init) _hufu_nothing ;;
	esac
}

# The words of the line up to the cursor, with what readline broke at "=" and ":" put together again.
_hufu_words()
{
	local i word glue=
	words=()
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((${#words[@]})) && { [[ $word == [=:]* ]] || [[ -n $glue ]]; }; then
			words[${#words[@]} - 1]+=$word
		else
			words+=("$word")
		fi
		[[ $word == *[=:] ]] && glue=1 || glue=
	done
}

_hufu()
{
	local words word options option pending= command= operands=0 only_operands= value= lead= behind= i
	local store=${HUFU_STORE:-${XDG_DATA_HOME:-$HOME/.local/share}/hufu}
	local IFS=$' \t\n'
	COMPREPLY=()
	_hufu_words
	for ((i = 0; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		if [[ -n $pending ]]; then
			[[ $pending == --store ]] && store=${word/#\~\//$HOME/}
			pending=
		elif [[ -z $only_operands && $word == -- ]]; then
			only_operands=1
		elif [[ -z $only_operands && $word == --*=* ]]; then
			[[ $word == --store=* ]] && store=${word#*=}
		elif [[ -z $only_operands && $word == -?* ]]; then
			[[ " $(_hufu_options "$command") " == *" $word= "* ]] && pending=$word
		elif [[ -z $command ]]; then
			command=$word
		else
			operands=$((operands + 1))
		fi
	done

	value=${words[${#words[@]} - 1]}
	word=${COMP_WORDS[COMP_CWORD]}
	[[ $word == [=:] ]] && word=
	behind=${value%"$word"}
	if [[ -n $pending ]]; then
		_hufu_value "$pending"
	elif [[ -z $only_operands && $value == --*=* ]]; then
		lead=${value%%=*}=
		value=${value#*=}
		_hufu_value "${lead%=}"
	elif [[ -z $only_operands && $value == -* ]]; then
		options=$(_hufu_options "$command")
		for option in $options; do
			_hufu_offer "${option%=}"
		done
		_hufu_nothing
	else
		_hufu_operand
	fi
}

complete -o default -F _hufu hufu
