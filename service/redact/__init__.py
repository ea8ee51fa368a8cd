"""Replace personal details in raw text by typed placeholders such as `<email>`. Later steps see utterances only.

`chain` is the way in. Each family of detectors has a file. `prefilter` decides which detectors a text can concern.
Patterns miss unmarked details (a bare name, an unheard-of format). So redaction is the second line of defence, after
the rule that text is not kept.
"""
