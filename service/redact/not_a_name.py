"""Words that can follow "my name is", "I'm" or "this is" without being a name."""

from __future__ import annotations

_ORDINARY = """
a able about above absolutely account actually address adult advised afraid after again agent ago all almost
already also although always am an and angry annoyed another any anybody anyone anything appalled are aren't
as asap ask asked asking assistant at available away awful back bad be because been before being bit booked
booking bored both bought but buy by call called calling calls came can can't cancel cancelling cannot card
care chasing check checking city clearly close closing code come coming complaining completely concerned
confirmation confused constantly contacting correct could country currently customer customer's customers day
days dear deeply definitely delighted delivery department desk desperate did didn't difficult disabled
disappointed disgraceful disgusted disgusting do does doesn't doing don't done down dr due each either email
emailing english error even ever every everybody everyone everything excellent expecting extremely false far
fed feel finally fine first following for forever four free french friday from frustrated frustrating fully
furious getting give glad go going gone good got great guys had half happy has hasn't hate have haven't having
he hello help her here hers hi highly his hold honestly hopefully hoping how however human i i'd i'll i'm i've
if ill im impossible in incredibly inquiring interested into is isn't it it's its just keen kind know last
late later leaving left let like listed livid location locked looking lost love mad madam made make making
management manager many may maybe me meant messaging mine miss missing misspelled misspelt mobile monday month
more most mr mrs ms much must my nearly need needed needing never new next nice no nobody none nonsense not
nothing now number of off office ok okay old on once one online only operator or order ordered ordering other
our out outrageous outside over paid partially paying payment pensioner person phone please pleased postcode
pretty probably problem question quite rather ready real really reception refund refunded regarding registered
regular returning right ring ringing sad said sales same sat saturday say saying see seeing seems send sent
seriously service services several severely she shop should shouldn't sick simply since sir so some someone
something soon sorry speaking spelled spelt spoke ssn staff state staying still store stuck student such
sunday support supposed sure surprised team tell terrible terribly texting than thank thanks that that's the
their them then there these they thinking third this those though through thursday time tired to today told
tomorrow tonight too totally travelling tried truly trying tuesday two type typing unable unacceptable
unbelievable under unhappy unless unsure until unusable up upset urgent us used useless user using vegan
vegetarian very visiting wait waited waiting want wanted wanting was wasn't we we're we've wednesday week well
went were weren't what what's when where which while who why will wish with within without won't wondering
working worried worst would wouldn't writing wrong year years yes yesterday yet you you're your yours zip
zipcode
"""

_CUES = "named llamo m'appelle heiße heisse chiamo mfg gruß gruss grüße grüßen gruesse gruessen saludos"
"""Words before a name. They follow each other only in a text that is crafted to take long."""

_OF_ORIGIN_OR_MAKE = """
african american argentinian asian australian austrian belgian brazilian british canadian catholic chinese
christian czech danish deaf blind diabetic pregnant dutch egyptian european finnish german ghanaian greek
hungarian indian irish israeli italian japanese jewish kenyan korean mexican moroccan muslim nigerian
norwegian pakistani polish portuguese romanian russian scottish spanish swedish swiss turkish ukrainian welsh
january february march april june july august september october november december amazon android apple google
iphone ipad microsoft paypal samsung sony visa mastercard windows black white red blue pepper martens
"""

_DESKS = """
accounts billing bookings cancellations claims complaints finance helpdesk housekeeping hr maintenance payments
procurement refunds repairs reservations returns shipping tech technical warranty
"""

NOT_A_NAME = frozenset(_ORDINARY.split()) | frozenset(_CUES.split()) | frozenset(_DESKS.split())

NOT_A_FIRST_NAME = frozenset(_OF_ORIGIN_OR_MAKE.split())
"""Origins, conditions, months and makes: "I'm Christian" tells an origin, "I'm Jo Christian" tells a name."""

_PARTICLES = "de da di do dos du del della der den van von zu bin ibn binte al el la le ten ter mac ní ó ap"
PARTICLES = frozenset(_PARTICLES.split())
"""Small words inside a name. They count only if another word of the name follows."""
