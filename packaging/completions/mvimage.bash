# bash completion for mvimage(1).

_mvimage_options() {
    case $1 in
        build) echo --config --output --target --init --offline --dry-run --json --help ;;
        why | list) echo --config --target --init --offline --json --help ;;
        report) echo --config --target --init --offline --json --svg --help ;;
        check) echo --config --platform --machine --container --json --help ;;
        '') echo --help --version ;;
    esac
}

_mvimage_words() {
    local word
    while read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$2")
}

_mvimage_files() {
    local word
    while read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$1")
    compopt -o filenames 2>/dev/null
}

# What follows an option that takes a value; fails for one that takes none.
_mvimage_value() {
    case $1 in
        -c | --config | -o | --output | --init | --svg) _mvimage_files "$2" ;;
        -t | --target) _mvimage_words 'initramfs tar oci ext4 squashfs zone ramdisk' "$2" ;;
        -p | --platform) _mvimage_words 'linux illumos' "$2" ;;
        *) return 1 ;;
    esac
}

_mvimage() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb=''
    COMPREPLY=()
    [ "$COMP_CWORD" -eq 1 ] || verb=${COMP_WORDS[1]}
    if [ "$COMP_CWORD" -gt 1 ] && _mvimage_value "$before" "$current"; then return; fi
    if [[ $current == -* ]]; then
        _mvimage_words "$(_mvimage_options "$verb")" "$current"
    elif [ -z "$verb" ]; then
        _mvimage_words 'build why list report check help version' "$current"
    elif [ "$verb" = help ] && [ "$COMP_CWORD" -eq 2 ]; then
        _mvimage_words 'build why list report check' "$current"
    elif [ "$verb" = check ]; then
        _mvimage_files "$current"
    fi
}

complete -F _mvimage mvimage
