echo "tools, first edition"
