"""Plain Python behind `aftersales.api`: what it takes, how that is checked and described."""

VERSION = "1.0"
