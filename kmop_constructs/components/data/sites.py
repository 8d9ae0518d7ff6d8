"""One database in several clusters: one of them writes, the others follow, and any of them can take over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, UnsupportedError, bad, shown
from kmop_constructs.values.names import dns_label, frozen, made_by, mapping, text
from kmop_constructs.values.object_store import S3, AzureBlob, GoogleStorage, VolumeSnapshots

__all__ = ["FollowsSite", "Promotion", "Sites"]

_Bucket: TypeAlias = S3 | GoogleStorage | AzureBlob

_TOKEN = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowsSite:
    """Fact of a store that follows the same store of another cluster, and takes no writes."""

    store: str
    """Construct path of the store."""

    primary: str
    """Name of the cluster that writes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promotion:
    """Another cluster takes over: ``Promotion("eu-2")``, and when the first has handed over ``Promotion("eu-2", tokens={…})``.

    Without its token only the cluster that writes a store changes: it stops writing, and then shows the token. With it, the other one
    begins to write when it has everything, and nothing is lost.
    """

    to: str = field(kw_only=False)
    """Name of the cluster that takes over."""

    tokens: Mapping[str, str] = field(default_factory=dict[str, str])
    """The token of each store whose cluster has stopped writing, by the name of the store: ``{"orders-db": "…"}``. Default: none, they
    are told to stop."""

    without_token: str | None = None
    """Why there are no tokens: the reason why the cluster that wrote is lost for good, such as ``"eu-1 burned down"``. What it has not
    archived is lost, and it must be made anew before it can follow. Default: none."""

    def __post_init__(self) -> None:
        dns_label("Promotion.to", self.to)
        tokens = dict(sorted(mapping("Promotion.tokens", self.tokens).items()))
        for store, token in tokens.items():
            where = f"Promotion.tokens[{shown(dns_label('Promotion.tokens', store))}]"
            if not (isinstance(token, str) and _TOKEN.fullmatch(token)):
                do = "write the text of status.demotionToken as it is"
                raise bad(where, "not a token, which is base64", token, do)
        object.__setattr__(self, "tokens", frozen(tokens))
        if self.without_token is not None:
            text("Promotion.without_token", self.without_token)
            if tokens:
                raise SpecError("Promotion: tokens and without_token are both set; remove one, so that it is clear whether the cluster "
                                "that wrote has handed over")  # fmt: skip

    def takes_over(self, store: str) -> bool:
        """Return whether the other cluster writes a store now."""
        return store in self.tokens or self.without_token is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sites:
    """The clusters of one database: ``Sites(primary="eu-1", copies={"eu-1": S3("acme-eu-1"), "eu-2": S3("acme-eu-2")})``.

    The same value on the platform of each cluster, in ``Provision(sites=…)``. One cluster writes; each of the others reads its copies
    and its log from the bucket, so it is behind by the time between two files of the log, at most about five minutes
    (``archive_timeout`` of CloudNativePG). Each needs the Secrets of all buckets, and the logins of the store with the same
    passwords.
    """

    primary: str
    """Name of the cluster that writes (`Cluster.name`)."""

    copies: Mapping[str, _Bucket]
    """Bucket of the copies of each cluster, by its name. It is `Backup.to` there. ``{cluster}`` in a folder is the name of its own
    cluster; ``{region}`` is not known for the others. Two clusters must not share a folder."""

    promotion: Promotion | None = None
    """Another cluster takes over from `primary`. When it has, set it as `primary` and remove this. Default: none."""

    def __post_init__(self) -> None:
        copies = dict(sorted(mapping("Sites.copies", self.copies).items()))
        for name, bucket in copies.items():
            dns_label("Sites.copies", name)
            where = f"Sites.copies[{shown(name)}]"
            if isinstance(bucket, VolumeSnapshots):
                raise UnsupportedError(
                    f"{where}: snapshots stay in their cluster, and the others read a bucket; use S3(…), GoogleStorage(…) or AzureBlob(…)"
                )
            made_by(where, bucket, S3, GoogleStorage, AzureBlob)
            if "{region}" in (bucket.folder or ""):
                do = "write the region as text, or use {cluster}"
                raise bad(f"{where}.folder", "has {region}, which is not known for another cluster", bucket.folder, do)
        object.__setattr__(self, "copies", frozen(copies))
        if len(copies) < 2:
            raise bad("Sites.copies", "fewer than two clusters", ", ".join(copies), "name each with its bucket")
        made_by("Sites.promotion", self.promotion, Promotion, type(None))
        self._known("Sites.primary", dns_label("Sites.primary", self.primary))
        if self.promotion is not None:
            self._known("Sites.promotion.to", self.promotion.to)
            if self.promotion.to == self.primary:
                raise bad(
                    "Sites.promotion.to", "the cluster that writes already", self.primary, "name another, or remove it"
                )

    def _known(self, where: str, name: str) -> None:
        if name not in self.copies:
            raise bad(
                where, f"not one of the clusters in copies, {', '.join(self.copies)}", name, "add its bucket to copies"
            )

    def primary_of(self, store: str, site: str) -> str:
        """Return the cluster that writes a store, as one of the clusters must see it.

        While a promotion has no token, the former one alone sees the other as the writer: it stops, and the other one does not begin yet.
        """
        if self.promotion is None or not (self.promotion.takes_over(store) or site == self.primary):
            return self.primary
        return self.promotion.to

    def source_of(self, store: str, site: str) -> str:
        """Return the cluster that one of the clusters follows, or would follow if another one wrote."""
        primary = self.primary_of(store, site)
        if site != primary:
            return primary
        if self.promotion is not None and self.promotion.to == site:
            return self.primary
        return next(each for each in self.copies if each != site)

    def token_of(self, store: str, site: str) -> str | None:
        """Return the token that one of the clusters begins to write a store with; ``None`` for the others."""
        return None if self.promotion is None or self.promotion.to != site else self.promotion.tokens.get(store)
