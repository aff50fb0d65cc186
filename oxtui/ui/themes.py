"""oxtui's own two themes; every theme of Textual works as well."""

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="oxtui-dark",
    dark=True,
    primary="#7aa2f7",
    secondary="#7dcfff",
    accent="#e0af68",
    warning="#e0af68",
    error="#f7768e",
    success="#9ece6a",
    foreground="#c8d0e8",
    background="#16161e",
    surface="#1a1b26",
    panel="#24283b",
    boost="#2a2e42",
    variables={
        "border": "#7aa2f7",
        "border-blurred": "#3b4261",
        "block-cursor-background": "#33467c",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#262b40",
        "footer-background": "#16161e",
        "footer-key-foreground": "#e0af68",
        "footer-description-foreground": "#9aa5ce",
    },
)
LIGHT: Final = Theme(
    name="oxtui-light",
    dark=False,
    primary="#2e5cb8",
    secondary="#0f6f80",
    accent="#a05a00",
    warning="#8a5a00",
    error="#b3203a",
    success="#33691e",
    foreground="#2a2f45",
    background="#f6f6f9",
    surface="#fcfcfe",
    panel="#e6e8f0",
    boost="#dfe2ee",
    variables={
        "border": "#2e5cb8",
        "border-blurred": "#b4b9cc",
        "block-cursor-background": "#c3d3f5",
        "block-cursor-foreground": "#10162b",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#e3e7f2",
        "footer-background": "#f6f6f9",
        "footer-key-foreground": "#a05a00",
        "footer-description-foreground": "#4a5170",
    },
)
THEMES: Final = (DARK, LIGHT)
