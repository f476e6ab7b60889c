# Completion for fish: copy this file to ~/.config/fish/completions
complete -c ingestion-worker -a '(ingestion-worker "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
