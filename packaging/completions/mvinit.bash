# bash completion for mvinit(8) and the names that are linked to it.

_mvinit_options() {
    case $1 in
        check) echo --json --platform --help --version ;;
        plan) echo --json --platform --facts --machine --container --help --version ;;
        inittab) echo --root --json --command --help --version ;;
        start | stop | restart) echo --no-wait --timeout --json --control --help --version ;;
        status | kill | reload | poweroff | reboot | halt) echo --json --control --help --version ;;
        log) echo --follow --lines --json --control --help --version ;;
        wait) echo --ready --down --timeout --json --control --help --version ;;
        exec) echo --rescue --json --control --help --version ;;
        analyze) echo --svg --json --control --help --version ;;
        upgrade) echo --check --json --control --help --version ;;
        version | help) ;;
        *)
            echo --config --control --machine --container --subreaper --group --warn --verbose --remap-exit --rewrite \
                --parent-death --help --version
            ;;
    esac
}

_mvinit_signals='HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN
    TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS RTMIN RTMAX'

_mvinit_verbs='check plan version help inittab poweroff reboot halt reload status start stop restart kill log wait exec
    analyze upgrade'

_mvinit_words() {
    local word
    while read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$2")
}

_mvinit_files() {
    local word
    while read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$1")
    compopt -o filenames 2>/dev/null
}

# What follows an option that takes a value; fails for one that takes none.
_mvinit_value() {
    case $1 in
        -c | --config | --control | --facts | --root | --svg) _mvinit_files "$2" ;;
        --platform) _mvinit_words 'linux illumos' "$2" ;;
        -p | --parent-death) _mvinit_words "$_mvinit_signals" "$2" ;;
        --command | --timeout | -n | --lines | -e | --remap-exit | -r | --rewrite) ;;
        *) return 1 ;;
    esac
}

# Where the command to be run begins, its own completion is asked.
_mvinit_command() {
    if declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif [ "$COMP_CWORD" -eq "$1" ]; then
        local word
        while read -r word; do COMPREPLY+=("$word"); done < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
    else
        _mvinit_files "${COMP_WORDS[COMP_CWORD]}"
    fi
}

_mvinit() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb='' at
    COMPREPLY=()
    [ "$COMP_CWORD" -eq 1 ] || [[ ${COMP_WORDS[1]} == -* ]] || verb=${COMP_WORDS[1]}
    if [ "$COMP_CWORD" -gt 1 ] && [ "$before" != -- ] && _mvinit_value "$before" "$current"; then return; fi
    if [ -z "$verb" ] || [ "$verb" = exec ]; then
        # The command begins behind "--", or with the first word that is no option and no value of one.
        for ((at = ${#verb} ? 2 : 1; at <= COMP_CWORD; at++)); do
            case ${COMP_WORDS[at]} in
                --)
                    if [ "$at" -lt "$COMP_CWORD" ]; then
                        _mvinit_command $((at + 1))
                        return
                    fi
                    ;;
                -c | --config | --control | -p | --parent-death | -e | --remap-exit | -r | --rewrite) at=$((at + 1)) ;;
                -*) ;;
                *) break ;;
            esac
        done
        if [ "$at" -le "$COMP_CWORD" ] && { [ "$at" -gt 1 ] || [ "$COMP_CWORD" -gt 1 ]; }; then
            _mvinit_command "$at"
            return
        fi
    elif [[ " $_mvinit_verbs " != *[[:space:]]"$verb"[[:space:]]* ]]; then
        _mvinit_command 1
        return
    fi
    if [[ $current == -* ]]; then
        _mvinit_words "$(_mvinit_options "$verb")" "$current"
        return
    fi
    case $verb in
        '') _mvinit_words "$_mvinit_verbs" "$current" ;;
        kill) _mvinit_words "$_mvinit_signals" "$current" ;;
        check | plan) _mvinit_files "$current" ;;
        inittab) [ "$COMP_CWORD" -ne 2 ] || _mvinit_words 'check install remove' "$current" ;;
    esac
}

_mvinit_linked() {
    local current=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    case ${COMP_WORDS[0]##*/} in
        shutdown) _mvinit_words '-h -P -r -H -c -k --poweroff --reboot --halt --no-wall --help now' "$current" ;;
        telinit) _mvinit_words '0 5 6 q --no-wall --help' "$current" ;;
        *) _mvinit_words '-f -p -w -d -n --force --poweroff --reboot --halt --wtmp-only --no-wtmp --no-sync --no-wall
            --help' "$current" ;;
    esac
}

complete -F _mvinit mvinit
# Only where these names are ours: beside another init they have completions of their own.
for _mvinit_name in poweroff reboot halt shutdown telinit; do
    case $(readlink -f "$(type -P "$_mvinit_name")" 2>/dev/null) in
        */mvinit) complete -F _mvinit_linked "$_mvinit_name" ;;
    esac
done
unset _mvinit_name
