"""Words of verse that the dictionary lacks, or whose older or British sound it lacks, or knows only as a name.

Written for this program, by ear, in the dictionary's symbols. Ways to say a word are parted by ``|``.
"""

from __future__ import annotations

from .dictionary import Phones

__all__ = ["SUPPLEMENT"]

_WORDS = """
adown AH0 D AW1 N
affright AH0 F R AY1 T
alway AO1 L W EY2
amain AH0 M EY1 N
aright AH0 R AY1 T
beauteous B Y UW1 T IY0 AH0 S|B Y UW1 T Y AH0 S
been B IH1 N|B IY1 N
besprent B IH0 S P R EH1 N T
blent B L EH1 N T
bounteous B AW1 N T IY0 AH0 S|B AW1 N T Y AH0 S
burthen B ER1 DH AH0 N
canst K AE1 N S T
clamorous K L AE1 M ER0 AH0 S|K L AE1 M R AH0 S
clime K L AY1 M
clod K L AA1 D
cloven K L OW1 V AH0 N
couldst K UH1 D S T
despoil D IH0 S P OY1 L
didst D IH1 D S T
dight D AY1 T
dost D AH1 S T
doth D AH1 TH
drear D R IH1 R
duteous D UW1 T IY0 AH0 S|D UW1 T Y AH0 S
e'en IY1 N
e'er EH1 R
'em AH0 M
ebon EH1 B AH0 N
elysian IH0 L IH1 ZH AH0 N|IH0 L IH1 Z IY0 AH0 N
ere EH1 R
erewhile EH2 R W AY1 L
erst ER1 S T
ev'n IY1 V N
foeman F OW1 M AH0 N
foemen F OW1 M AH0 N
forbear F AO0 R B EH1 R
fount F AW1 N T
fringe F R IH1 N JH
fruitage F R UW1 T IH0 JH
gainst G EH1 N S T
'gan G AE1 N
grot G R AA1 T
hadst HH AE1 D S T
hast HH AE1 S T
i' IH1
ilion IH1 L IY0 AH0 N
illume IH0 L UW1 M
importune IH2 M P AO0 R T UW1 N|IH0 M P AO1 R CH AH0 N
inconstant IH0 N K AA1 N S T AH0 N T
jocund JH AA1 K AH0 N D
jove JH OW1 V
lambent L AE1 M B AH0 N T
languor L AE1 NG G ER0
lethe L IY1 TH IY0
limpid L IH1 M P IH0 D
lorn L AO1 R N
mayst M EY1 S T
methinks M IY0 TH IH1 NG K S
methought M IY0 TH AO1 T
mongst M AH1 NG S T
mown M OW1 N
ne'er N EH1 R
neath N IY1 TH
nought N AO1 T
o' AH0
o'er AO1 R
oer AO1 R
ope OW1 P
penitence P EH1 N AH0 T AH0 N S
philomel F IH1 L AH0 M EH2 L
piteous P IH1 T IY0 AH0 S|P IH1 T Y AH0 S
plaint P L EY1 N T
plenitude P L EH1 N AH0 T UW2 D
plenteous P L EH1 N T IY0 AH0 S|P L EH1 N T Y AH0 S
ploughman P L AW1 M AH0 N
prate P R EY1 T
reft R EH1 F T
refulgent R IH0 F AH1 L JH AH0 N T
rend R EH1 N D
saith S EH1 TH
seraph S EH1 R AH0 F
shalt SH AE1 L T
shou'd SH UH1 D
shouldst SH UH1 D S T
sith S IH1 TH
smite S M AY1 T
smote S M OW1 T
sooth S UW1 TH
spright S P R AY1 T
straightway S T R EY1 T W EY2
suppliant S AH1 P L IY0 AH0 N T
ta'en T EY1 N
thee DH IY1
tho DH OW1
tho' DH OW1
thro TH R UW1
thro' TH R UW1
tis T IH1 Z
'tis T IH1 Z
topmost T AA1 P M OW2 S T
troublous T R AH1 B L AH0 S
'twas T W AA1 Z|T W AH1 Z
twas T W AA1 Z|T W AH1 Z
twere T W ER1
'twixt T W IH1 K S T
twixt T W IH1 K S T
twould T W UH1 D
vaunt V AO1 N T
votive V OW1 T IH0 V
wast W AA1 S T
weal W IY1 L
welkin W EH1 L K IH0 N
wert W ER1 T
whelm W EH1 L M
whenas W EH2 N AE1 Z
whereat W EH0 R AE1 T
whereof W EH0 R AH1 V
whereon W EH0 R AO1 N|W EH0 R AA1 N
whereto W EH0 R T UW1
whoso HH UW1 S OW0
wilt W IH1 L T
withal W IH0 DH AO1 L
woodbine W UH1 D B AY2 N
wou'd W UH1 D
wouldst W UH1 D S T
wroth R AO1 TH
ye Y IY1
yesternight Y EH1 S T ER0 N AY2 T
"""

SUPPLEMENT: dict[str, tuple[Phones, ...]] = {
    word: tuple(tuple(way.split()) for way in ways.split("|"))
    for word, _, ways in (line.partition(" ") for line in _WORDS.strip().splitlines())
}
