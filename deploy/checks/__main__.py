"""``python -m deploy.checks [PLATFORM...]``: every manifest, and whether its check notices that it is broken.

Ends with status 1 where a manifest is wrong, a broken copy passes, or a file of a platform has no check.
"""

import sys
from importlib import import_module

from deploy.checks.manifest import ROOT, Manifest

_PLATFORMS = (
    "alibaba_fc",
    "aws_lambda",
    "azure",
    "compose",
    "google_cloud_run",
    "huawei_functiongraph",
    "knative",
    "kubernetes",
    "openfaas",
    "tencent_scf",
)


def main(names: list[str]) -> int:
    """Check the platforms that are named, or all."""
    complaints = 0
    for platform in names or _PLATFORMS:
        manifests: tuple[Manifest, ...] = import_module(f"deploy.checks.{platform}").MANIFESTS
        for manifest in manifests:
            found = manifest.complaints()
            complaints += len(found)
            outcome = "WRONG" if found else "ok"
            print(f"{outcome:5} {manifest.path} ({len(manifest.breakages)} broken copies)")
            print(*(f"      {complaint}\n" for complaint in found), sep="", end="")
        missed = _files(platform.replace("_", "-")) - {manifest.path for manifest in manifests}
        complaints += len(missed)
        print(*(f"WRONG {path} has no check\n" for path in sorted(missed)), sep="", end="")
    print(f"{complaints} complaints" if complaints else "all manifests are right, and every broken copy was refused")
    return 1 if complaints else 0


def _files(folder: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*") if path.is_file()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
