"""The forms of acts on items, on mails that the machine could not settle, and on addresses; dags/act_items.py offers them."""

from __future__ import annotations

from airflow.sdk import Param

from include.airflow_ext.params import choice_param, indicator_param, reason_param, scheme_param, unit_param

ITEM = {
    "act": choice_param(
        "办理",
        "登记反馈：替社区登记已反馈；核验通过：反馈属实；销号：办结；退回：反馈不属实，重新整改；"
        "延期：给新的期限；重新打开：销号后又出现。",
        ["登记反馈", "核验通过", "销号", "退回", "延期", "重新打开"],
    ),
    "unit_code": unit_param(),
    "indicator": indicator_param(),
    "deadline": Param(
        None,
        type=["null", "string"],
        format="date",
        title="新的期限",
        description="延期必填；退回、重新打开可以同时给新的期限，原期限已过的重新打开必填；其他办理留空。",
    ),
    "reason": reason_param("必填：核验情况、退回原因、延期理由等，会记入该事项的经过。"),
    "scheme": scheme_param(),
}
MAIL = {
    "mail_id": Param(
        type="string",
        pattern=r"^\s*([0-9a-f]{8,64}|[^@\s]+@[^@\s]+)\s*$",
        maxLength=254,
        title="邮件",
        description="收件人的邮箱地址；同一地址有几封时，会列出编号，再填编号（前 8 位以上）。",
    ),
    "outcome": choice_param(
        "是否送达",
        "请先向收件人问清：未送达的会重新发送；已用电话等方式告知、不必再发的，选已另行告知。",
        ["已送达", "未送达", "已另行告知"],
    ),
    "reason": reason_param("必填：怎样核实的，例如 8月3日电话询问书记，未收到。"),
}
ADDRESS = {
    "act": choice_param("办理", "停用后不再向该地址发信，应发的通知记为未发并说明原因。", ["停用", "启用"]),
    "address": Param(
        type="string",
        pattern=r"^\s*[^@\s]+@[^@\s]+\s*$",
        maxLength=254,
        title="邮箱地址",
        description="只写一个地址。",
    ),
    "reason": reason_param(),
}
