#compdef horn horn-train horn-evaluate horn-predict horn-convert horn-inspect
# Completes the programs of `horn`, and the options that their --help lists.
local -a command programs options
command=($words[1])
if [[ ${words[1]:t} = horn ]]; then
    if (( CURRENT == 2 )); then
        programs=(${(f)"$($words[1] --help | sed -n 's/^  \([a-z]*\)  *\(.*\)/\1:\2/p')"})
        _describe program programs
        return
    fi
    command+=($words[2])
fi
if [[ $PREFIX = -* ]]; then
    options=(${(f)"$($command --help | sed -n 's/^  .*\(--[a-z-]*\)[^ ]* *[^ ]*  *\(.*\)/\1:\2/p')"})
    _describe option options
else
    _files
fi
