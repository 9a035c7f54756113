"""Why a derivative has its value, in words and as a tree of text."""
