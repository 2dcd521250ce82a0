"""Object stores as Airflow reaches them: by its ObjectStoragePath, with its connections."""

from __future__ import annotations

from urllib.parse import urlsplit

from airflow.sdk import BaseHook, ObjectStoragePath
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.io import has_fs

from include.errors import UserError
from include.intake.inbox import PACKAGES


def open_store(address: str) -> ObjectStoragePath:
    """The bucket or prefix of scheme://connection@bucket/prefix; without a connection, by the machine's own rights.

    Raises UserError where a package is missing, or the connection.
    """
    scheme, login = urlsplit(address).scheme, urlsplit(address).netloc.rpartition("@")[0]
    missing = UserError(
        f"读取 {scheme}:// 的对象存储需要安装 {PACKAGES[scheme]}：请照运维手册“收件夹放在对象存储里”一节装好，再重新启动。"
    )
    if not has_fs(scheme):
        raise missing
    try:
        if login:
            BaseHook.get_connection(login)  # a provider would go on without it, as nobody, and remember that
        path = ObjectStoragePath(address)
        _ = path.fs
    except AirflowNotFoundException:
        raise UserError(f"Airflow 里没有连接 {login}：请建立它，或检查 DUBAN_INBOX 里的连接名。") from None
    except ImportError as error:
        raise missing from error
    return path
