# Completion for bash: source this file, or copy it to /etc/bash_completion.d/ingestion-worker
_ingestion_worker() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    [[ $line != "${COMP_WORDS[COMP_CWORD]}"* ]] || COMPREPLY+=("$line")
  done < <(ingestion-worker "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
}
complete -o default -F _ingestion_worker ingestion-worker
