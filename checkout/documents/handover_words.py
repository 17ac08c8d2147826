"""The words on what a buyer is given; steps as Apple and Google name them in 2026."""

from __future__ import annotations

from typing import Final

TITLE: Final = "Your eSIM"
SCAN: Final = "Scan this code with the phone that the eSIM is for."
ONCE: Final = "Installs once, on one phone. Do not delete it from the phone."
AGAIN: Final = "Installs again on another phone."
INSTALL_BY: Final = "Install by {:%Y-%m-%d}."
CODE_APART: Final = "The phone asks for a confirmation code. It is given to you apart."
BY_HAND: Final = "Or type it by hand"
ADDRESS: Final = "SM-DP+ address"
ACTIVATION_CODE: Final = "Activation code (iPhone)"
WHOLE_CODE: Final = "Activation code (Android)"
NO_MATCHING_ID: Final = "none: leave it empty"
LINKS: Final = "Or open a link on the phone itself"
APPLE_LINK: Final = "iPhone, iOS 17.4 or later"
ANDROID_LINK: Final = "Android, where the phone knows it"
TO_YOURSELF: Final = "Whoever has this code can install the eSIM: keep it to yourself."
TEST: Final = "TEST: from a demo store. Nothing here is real."
ICCID: Final = "ICCID"
ORDER: Final = "Order"
RECEIPT: Final = "Receipt"
SUPPORT: Final = "For help, name one of these."

STEPS: Final = {
    "iPhone": (
        "Connect to Wi-Fi.",
        "Settings > Mobile Service (or Cellular) > Add eSIM > Use QR Code.",
        "Scan the code, or choose Enter Details Manually.",
        "At the destination turn on this line and its Data Roaming.",
    ),
    "Android": (
        "Connect to Wi-Fi.",
        "Settings > Network & internet > SIMs > Add SIM; on Samsung: Connections > SIM manager.",
        "Scan the code, or choose to enter the activation code.",
        "At the destination turn on this SIM and its roaming.",
    ),
}

SUBJECT: Final = "Your eSIM: {}"
CONFIRMATION_SUBJECT: Final = "The confirmation code of your eSIM"
CONFIRMATION: Final = (
    "The phone asks for this code while it installs the eSIM {}:\n\n    {}\n\n"
    "The eSIM itself comes apart from this."
)
