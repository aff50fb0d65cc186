"""How the sidebar looks: its component classes and their colours."""

from typing import Final

COMPONENTS: Final = (
    "sidebar--group",
    "sidebar--age",
    "sidebar--cursor",
    "sidebar--selected",
    "sidebar--target",
    "sidebar--ghost",
    "sidebar--dim",
    "sidebar--match",
    "sidebar--live",
    "sidebar--unseen",
    "sidebar--pinned",
    "sidebar--broken",
    "sidebar--failed",
    "sidebar--mark-selected",
)

CSS: Final = """
SidebarView {
    border: round $border-blurred;
    border-title-color: $text-muted;
    border-subtitle-color: $text-muted;
    background: $background;
    color: $foreground;
    scrollbar-size-vertical: 1;
    overflow-x: hidden;
    &:focus {
        border: round $border;
        border-title-color: $foreground;
        border-subtitle-color: $foreground;
    }
    & > .sidebar--group { text-style: bold; }
    & > .sidebar--age { color: $text-muted; }
    & > .sidebar--selected { background: $primary 20%; }
    & > .sidebar--mark-selected { color: $text-accent; }
    & > .sidebar--match { color: $text-warning; text-style: bold; }
    & > .sidebar--live { color: $text-success; }
    & > .sidebar--unseen { color: $text-accent; }
    & > .sidebar--pinned { color: $text-warning; }
    & > .sidebar--broken { color: $text-error; }
    & > .sidebar--failed { color: $text-error; }
    & > .sidebar--ghost { color: $text-muted; text-style: italic; }
    & > .sidebar--dim { color: $text-disabled; }
    & > .sidebar--target {
        color: $block-cursor-foreground;
        background: $block-cursor-background;
        text-style: $block-cursor-text-style;
    }
    & > .sidebar--cursor {
        color: $block-cursor-blurred-foreground;
        background: $block-cursor-blurred-background;
    }
    &:focus > .sidebar--cursor {
        color: $block-cursor-foreground;
        background: $block-cursor-background;
        text-style: $block-cursor-text-style;
    }
}
"""
