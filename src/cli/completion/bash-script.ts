/**
 * The completion script of bash. @bomb.sh/tab has one too, but it needs the package bash-completion, runs the words
 * typed so far through `eval`, and fails where it is read twice.
 */
export const BASH_SCRIPT = `# bash completion for dpi
_dpi() {
  local line=\${COMP_LINE:0:COMP_POINT} words cur value directive=0 kept=
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  cur=\${words[\${#words[@]}-1]}
  # Readline replaces only the part behind the last of these characters.
  if [[ $cur == *[:=]* && $COMP_WORDBREAKS == *[:=]* ]]; then kept=\${cur%"\${cur##*[:=]}"}; fi
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    case $value in
      :[0-9]*) directive=\${value#:} ;;
      *) COMPREPLY+=("\${value#"$kept"}") ;;
    esac
  done < <(dpi complete -- "\${words[@]:1}" 2>/dev/null)
  # No file names where none fit.
  if ((directive & 4)); then compopt +o default 2>/dev/null; fi
}
complete -o default -F _dpi dpi
`;
