"""The endpoints by which authors look at a draft before they publish, and at versions member by member."""

from graft.versions.author_models import (
    DiffQuery,
    DraftProblems,
    NextVersion,
    ProblemsQuery,
    PublishedMember,
    VersionDiff,
)
from graft.versions.diff import diff_versions
from graft.versions.member_listing import MEMBERS
from graft.versions.next_version import next_version
from graft.versions.problems import read_problems
from graft.versions.symbolic import list_version_members, read_version_member
from graft.web.endpoint import Endpoint

_DRAFT, _VERSION = "/api/integrations/{id}", "/api/integration-versions/{id}"
ENDPOINTS = [
    Endpoint(
        "GET",
        _DRAFT + "/problems",
        read_problems,
        "Read all that publish would refuse in the draft.",
        DraftProblems,
        path_id="int",
        query=ProblemsQuery,
        computes=True,
    ),
    Endpoint(
        "GET",
        _DRAFT + "/next-version",
        next_version,
        "Read the smallest honest version for the draft, with reasons.",
        NextVersion,
        path_id="int",
        computes=True,
    ),
    Endpoint(
        "GET",
        _VERSION + "/members",
        list_version_members,
        "List a version's members.",
        PublishedMember,
        path_id="intver",
        list_resource=MEMBERS,
    ),
    Endpoint(
        "GET",
        _VERSION + "/members/{slug}",
        read_version_member,
        "Read a member of a version.",
        PublishedMember,
        path_id="intver",
        path_slug=True,
    ),
    Endpoint(
        "GET",
        _VERSION + "/diff",
        diff_versions,
        "Read how a version differs from another one.",
        VersionDiff,
        path_id="intver",
        query=DiffQuery,
        computes=True,
    ),
]
