"""Which elements of HTML there are, and how each of them is read."""

from __future__ import annotations

import re

from service.hear.listed import words

WITHOUT_WORDS = words("""head script style title xml svg template object iframe select textarea noframes""")
"""Dropped with everything inside."""
BLOCKS = words(
    """html body p div br hr li ul ol dl dt dd tr table tbody thead tfoot caption h1 h2 h3 h4 h5 h6 blockquote pre
    section article header footer main aside nav form fieldset address center figure o:p"""
)
"""Begin and end a line."""
CELLS = frozenset(("td", "th"))
INLINE = words(
    """a abbr acronym area audio b base basefont bdi bdo big button cite code col colgroup data del details dfn dialog
    em embed figcaption font frame frameset i img input ins kbd label legend link map mark meta meter noscript nobr
    optgroup option output param picture q rp rt ruby s samp small source span strike strong sub summary sup time tt
    u var video wbr"""
)
VOID = words("""area base br col embed hr img input link meta param source wbr""")
"""Have no end tag."""
KNOWN = WITHOUT_WORDS | BLOCKS | CELLS | INLINE

SIGN = re.compile(
    r"""<(?:!doctype\s|!--|!\[(?:if|endif|cdata)|\?xml|(?:html|body|br|hr|meta|head|style|script|table)\b[^<>]{0,400}>
      |(?:div|p|span|td|tr|li|ul|ol|pre|font|img|blockquote|h[1-6])(?:\s[^<>]{0,400})?>
      |(?:a|b|i|u|em|strong|small|s)\s[a-z-]{1,20}\s?=[^<>]{0,400}>
      |/(?:a|b|i|u|em|strong|small|s|p|div|span|td|tr|li|font|label|q|sup|sub|code|center|o:p)\s?>)""",
    re.IGNORECASE | re.VERBOSE,
)
"""Only HTML holds any of these; "<email>" and "<50 euros>" are words."""
LAID_OUT = re.compile(r"<(?:br|p|div|body|html|table|tr|li|h[1-6])\b", re.IGNORECASE)
"""Lines are told by elements, so that line breaks in the source are blanks."""
HIDDEN = re.compile(
    r"display\s?:\s?none|visibility\s?:\s?hidden|mso-hide\s?:\s?all|\shidden(?:\s|=|$|/)|font-size\s?:\s?0(?:px|pt|;|$)"
    r"|max-height\s?:\s?0(?:px|;|$)|opacity\s?:\s?0(?:;|\s|$)",
    re.IGNORECASE,
)
QUOTE = re.compile(
    r"type\s?=\s?[\"']?cite|moz-cite-prefix|gmail_attr|protonmail_quote|tutanota_quote|zmail_extra|zendesk_quote"
    r"|freshdesk_quote|intercom-quote|front-blockquote|hs_reply|gorgias-quote",
    re.IGNORECASE,
)
"""Attributes of an element that holds a quoted reply."""
THREAD = re.compile(
    r"divRplyFwdMsg|appendonsend|stopSpelling|yahoo_quoted|ms-outlook-mobile-reference-message|OLK_SRC_BODY_SECTION"
    r"|reply-intro|border-top\s?:\s?(?:solid\s#(?:E1E1E1|B5C4DF)|#(?:E1E1E1|B5C4DF)\s\S{1,8}\ssolid)",
    re.IGNORECASE,
)
"""Attributes of an element from which the rest is an earlier message."""
