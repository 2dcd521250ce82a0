"""`make images`: the base images of docker-compose.yaml, and ours on top.

Pulled where a registry of images can be reached. Where none can, stand-ins are made of Debian's own packages (debootstrap),
with the same users and folders. What is used, and under which digest, is printed and kept for `make cluster`.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlparse

from include.errors import UserError
from include.settings import REPO
from ops.cluster.engine import STATE, Engine, build_limits, find_engine
from ops.command import run_command

_BASE = Path(__file__).with_name("base")
_DEBIAN = "localhost/duban-debian:bookworm"
_STAND_INS = {  # variable of the compose file → stage of base/Containerfile
    "PYTHON_IMAGE": "python",
    "PYTHON_SLIM_IMAGE": "python",
    "POSTGRES_IMAGE": "postgres",
    "REDIS_IMAGE": "valkey",
    "NGINX_IMAGE": "nginx",
}
OURS = {
    "DUBAN_IMAGE": ("localhost/duban:local", "production"),
    "DUBAN_DEMO_IMAGE": ("localhost/duban-demo:local", "demo"),
}
KEPT = STATE / "images.json"
_TRIES = 2  # a package's own script that asks the network fails now and then; what was built before is not built again


def base_images() -> dict[str, str]:
    """The base images by their variable, as docker-compose.yaml names them."""
    text = (REPO / "docker-compose.yaml").read_text(encoding="utf-8")
    return {name: tag for name, tag in re.findall(r"\$\{(\w+_IMAGE):-([^}]+)\}", text) if name in _STAND_INS}


def make_images(engine: Engine) -> dict[str, str]:
    """Every image that a start needs, by its variable; printed with their digests."""
    names = _bases(engine)
    for variable, (tag, stage) in OURS.items():
        print(f"构建 {tag}……", flush=True)
        arguments = [f"--build-arg={name}={names[name]}" for name in ("PYTHON_IMAGE", "PYTHON_SLIM_IMAGE")]
        _build(engine, REPO, REPO / "Dockerfile", stage, tag, *arguments)
        names[variable] = tag
    STATE.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(names, indent=1) + "\n", encoding="utf-8")
    print("用到的镜像：")
    for variable, name in names.items():
        print(f"  {variable:<18}{name}  {_digest(engine, name)}")
    return names


def _bases(engine: Engine) -> dict[str, str]:
    wanted = base_images()
    if any(_has(engine, f"localhost/duban-{stage}:local") for stage in _STAND_INS.values()):
        return _made(engine)  # made here before
    pulled: dict[str, str] = {}
    for variable, tag in wanted.items():
        name = tag if "/" in tag else f"docker.io/library/{tag}"
        if not (_has(engine, name) or engine.run("pull", "--quiet", name, check=False).returncode == 0):
            print(f"取不到 {name}（没有可用的镜像仓库），改用 Debian 软件包在本机做。", flush=True)
            return _made(engine)
        pulled[variable] = name
    return pulled


def _made(engine: Engine) -> dict[str, str]:
    """The stand-ins; each is made once."""
    if not _has(engine, _DEBIAN):
        _bootstrap(engine)
    names = {variable: f"localhost/duban-{stage}:local" for variable, stage in _STAND_INS.items()}
    for stage in sorted(set(_STAND_INS.values())):
        tag = f"localhost/duban-{stage}:local"
        if not _has(engine, tag):
            print(f"构建 {tag}……", flush=True)
            _build(engine, _BASE, _BASE / "Containerfile", stage, tag)
    return names


def _bootstrap(engine: Engine) -> None:
    """Debian's smallest system as an image, from the archive that this machine's own packages come from."""
    if not shutil.which("debootstrap"):
        raise UserError("要在本机做基础镜像，须有 debootstrap：请运行 make cluster-tools。")
    archive, sources = _archives()
    print("用 debootstrap 做 Debian 12 的基础镜像（约 2 分钟）……", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary) / "tree"
        command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(tree), archive]
        done = subprocess.run(command, check=False, capture_output=True, text=True, umask=0o022)
        if done.returncode:
            raise UserError(f"debootstrap 没有做成：\n{done.stdout[-2000:]}")
        (tree / "etc/apt/sources.list").write_text(sources, encoding="ascii")
        for unwanted in ("var/cache/apt/archives", "var/lib/apt/lists"):
            shutil.rmtree(tree / unwanted)
            (tree / unwanted / "partial").mkdir(parents=True)
        packed = Path(temporary) / "tree.tar"
        subprocess.run(["tar", "-C", str(tree), "-cf", str(packed), "."], check=True)
        engine.run("import", str(packed), _DEBIAN)


def _archives() -> tuple[str, str]:
    """Where bookworm comes from, and the lines of sources.list with its updates."""
    shown = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)"], check=True, capture_output=True, text=True
    ).stdout
    found = dict(line.split()[:2] for line in shown.splitlines())
    if "bookworm" not in found:
        raise UserError("只会在 Debian 12（bookworm）上用 debootstrap 做基础镜像；其他系统请连上镜像仓库。")
    lines = [
        f"deb {found[release]} {release} main"
        for release in ("bookworm", "bookworm-updates", "bookworm-security")
        if release in found
    ]
    return found["bookworm"], "\n".join(lines) + "\n"


def _build(engine: Engine, context: Path, file: Path, stage: str, tag: str, *arguments: str) -> None:
    command = ["build", "--target", stage, "--tag", tag, "--file", str(file), "--network=host", *arguments]
    if engine.is_podman:
        command += ["--pull=never", *build_limits(engine), *_registry_settings()]
    for _ in range(_TRIES):
        done = engine.run(*command, str(context), check=False)
        if not done.returncode:
            return
    raise UserError(f"镜像 {tag} 没有做成：\n{(done.stdout + done.stderr)[-4000:]}")


def _registry_settings() -> list[str]:
    """This machine's pip looks where it is told to, and so does the one in the build: its settings and the folders they name
    are mounted while it runs, and are no part of the image."""
    shown = subprocess.run(["pip", "config", "list"], check=False, capture_output=True, text=True).stdout
    places = {Path("/etc/pip.conf")}
    for value in re.findall(r"='([^']*)'", shown):
        for one in value.split():
            path = Path(urlparse(one).path if one.startswith("file:") else one)
            if path.is_absolute() and path.exists():
                places.add(path.parent if path.is_file() or path.name == "simple" else path)
    return [part for place in sorted(places) if place.exists() for part in ("--volume", f"{place}:{place}:ro")]


def _has(engine: Engine, name: str) -> bool:
    return engine.run("image", "inspect", name, check=False).returncode == 0


def _digest(engine: Engine, name: str) -> str:
    """What the registry calls the content; of an image made here, its id."""
    (found,) = json.loads(engine.run("image", "inspect", name).stdout)
    pulled = [one.partition("@")[2] for one in found.get("RepoDigests") or [] if not one.startswith("localhost/")]
    return pulled[0] if pulled else f"本机所做，编号 {found['Id'].removeprefix('sha256:')}"


def main() -> None:
    make_images(find_engine())


if __name__ == "__main__":
    run_command(main)
