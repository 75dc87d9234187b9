"""Makes the two fonts that the wheel ships, from Noto Sans SC (SIL OFL 1.1, see OFL.txt).

Run by hand, and only when the set of characters changes:

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3 && tar xzf expo-google-fonts-noto-sans-sc-0.4.3.tgz
    .venv/bin/python labels/fonts/make.py package

That package has static TrueType files; reportlab cannot read the CFF outlines of the usual .otf and .ttc.

* `gongwu-sans.ttf.xz`: all of GBK (21,791 characters: every simplified and traditional one that the usual
  input methods offer) and the 276 of the Table of General Standard Chinese Characters (2013) that GBK lacks,
  where the rare characters of names are. GB 2312 alone would be 2 MB smaller and could not print 喆 or 堃.
* `gongwu-sans-bold.ttf.xz`: only what is printed in bold: the words of `domain/texts/slips.toml`, and ASCII.
"""

import io
import lzma
import sys
import tomllib
from itertools import product
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]  # the library has no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # the library has no types

HERE = Path(__file__).parent
TEXTS = HERE.parent.parent / "domain" / "texts" / "slips.toml"
STANDARD_BEYOND_GBK = (
    "㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖"
    "䏝䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮鿍鿎鿏𠅤𠙶𠳐𡎚𡐓𣗋𣲗𣲘𣸣𤧛𤩽𤫉"
    "𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𦰡𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓𫑡𫓧"
    "𫓯𫓶𫓹𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕"
    "𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗𬕂𬘓𬘘𬘡𬘩𬘫𬘬𬘭𬘯𬙂𬙊𬙋𬜬𬜯𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹"
    "𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟𬳵𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓"
)
LATIN = {*map(chr, range(0x20, 0x7F)), *map(chr, range(0xA0, 0x180)), *"ǍǎǏǐǑǒǓǔǕǖǗǘǙǚǛǜ‘’“”–—•…€□¥×"}


def gbk() -> set[str]:
    """Every character that GBK encodes in two bytes."""
    found = set()
    for pair in product(range(0x81, 0xFF), range(0x40, 0xFF)):
        try:
            found.add(bytes(pair).decode("gbk"))
        except UnicodeDecodeError:
            continue
    return found


def said_on_slips() -> set[str]:
    """Every character of the fixed words."""
    texts = tomllib.loads(TEXTS.read_text("utf-8"))["slip"]
    return {character for said in texts.values() for words in said.values() for character in words}


def make(source: Path, target: Path, characters: set[str], family: str) -> int:
    """Cuts the font down, renames it (a changed font must not look like the original) and packs it."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.notdef_outline = True
    options.name_IDs = [0, 5, 13, 14]
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx", "gasp"]
    font: TTFont = subset.load_font(source, options)
    font.recalcTimestamp = False
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(characters))
    cutter.subset(font)
    for name_id, text in ((1, family), (2, "Regular"), (4, family), (6, family.replace(" ", ""))):
        font["name"].setName(text, name_id, 3, 1, 0x409)
    raw = io.BytesIO()
    font.save(raw)
    target.write_bytes(lzma.compress(raw.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    return target.stat().st_size


def main() -> None:
    """The only argument: the unpacked npm package."""
    package = Path(sys.argv[1])
    everything = gbk() | set(STANDARD_BEYOND_GBK) | LATIN
    words = said_on_slips() | set(map(chr, range(0x20, 0x7F)))
    for weight, target, characters, family in (
        ("400Regular", "gongwu-sans.ttf.xz", everything, "Gongwu Sans"),
        ("700Bold", "gongwu-sans-bold.ttf.xz", words, "Gongwu Sans Bold"),
    ):
        size = make(package / weight / f"NotoSansSC_{weight}.ttf", HERE / target, characters, family)
        sys.stdout.write(f"{target}: {len(characters)} characters asked for, {size:,} bytes\n")


if __name__ == "__main__":
    main()
