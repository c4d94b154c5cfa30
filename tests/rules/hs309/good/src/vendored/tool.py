name = "tool"
