# Completes the programs of `horn`, and the options that their --help lists.
_horn()
{
    local word=$2 previous=$3 command=("$1") options
    COMPREPLY=()
    if [ "${1##*/}" = horn ]; then
        if [ "$COMP_CWORD" -eq 1 ]; then
            mapfile -t COMPREPLY < <(compgen -W "$("$1" --help | sed -n 's/^  \([a-z]*\) .*/\1/p') --help --version" -- "$word")
            return
        fi
        command+=("${COMP_WORDS[1]}")
    fi
    if [[ $word = -* ]]; then
        options=$("${command[@]}" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        compopt -o filenames
    fi
}
complete -F _horn horn horn-train horn-evaluate horn-predict horn-convert horn-inspect
