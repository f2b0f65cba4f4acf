"""The image of BusyBox, for small steps in a cluster: unpacking, new directories."""

BUSYBOX = (
    "public.ecr.aws/docker/library/busybox:1.37.0"
    "@sha256:bdf57e528e45e4433820e045b29b4597825a1c9e38353532d90a01445013f82e"
)
"""The digest is that of the image's index, as public pins of the same tag have it on
2026-11-28. The tag moves: it has been built several times."""
