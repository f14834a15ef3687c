"""Images come out of their text as they went in, whatever rows they are of."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from graft import ids
from graft.ids import Id
from graft.operations.before import Before, CloneImage, InstallEnd, MemberImage, decode, encode, pack

IDS = st.binary(min_size=16, max_size=16).map(ids.encode)
BASES = st.integers(1, 2**62)
MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda moment: moment.replace(tzinfo=UTC)
)
CLONES = st.builds(
    CloneImage,
    IDS,
    st.text(max_size=9),
    st.none() | st.text(max_size=9),
    pinned_ids=st.none() | st.dictionaries(st.text(max_size=5), IDS),
)
MEMBERS = st.builds(MemberImage, IDS, st.text(max_size=9), held_paths=st.none() | st.lists(st.text(max_size=5)))
ENDS = st.builds(InstallEnd, MOMENTS, st.none() | st.sampled_from(["short", "long"]), st.lists(IDS), st.lists(IDS))
BEFORE = st.builds(
    Before,
    texts=st.lists(st.tuples(IDS, st.none() | BASES, IDS)),
    clones=st.lists(CLONES),
    members=st.lists(MEMBERS),
    new=st.lists(IDS),
    gone=st.lists(IDS),
    went=st.none() | MOMENTS,
    came=st.none() | ENDS,
)


@given(BEFORE)
def test_images_are_read_as_they_were_written(before: Before):
    found = decode(encode(before))
    assert sorted(found.texts, key=repr) == sorted(before.texts, key=repr)
    for name in ("install", "clones", "members", "new", "gone", "went", "came"):
        assert getattr(found, name) == getattr(before, name), name


@given(st.lists(IDS, min_size=1, max_size=20))
def test_the_text_of_an_id_stands_in_that_of_several_and_json_leaves_it_alone(found: list[Id]):
    packed = pack(found)
    assert all(pack([one]) == packed[20 * at : 20 * at + 20] for at, one in enumerate(found))
    assert not {'"', "\\"} & {*packed}


def test_images_from_before_ids_were_packed_are_read():
    one, other = ids.new_id(), ids.new_id()
    text = f'{{"v":2,"texts":[["{one}",7,"{other}"]],"new":["{other}"]}}'.encode()
    assert decode(text) == Before(texts=[(one, 7, other)], new=[other])
