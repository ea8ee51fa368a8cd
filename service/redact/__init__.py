"""The last to see raw text: replaces what identifies a person by a typed placeholder such as `<email>`.

`chain` is the way in; one file a family of detectors; `prefilter` decides which of them a text can concern at all.
Patterns miss what nothing marks (a bare name, an unheard-of format), so redaction is a second line: text is not kept.
"""
