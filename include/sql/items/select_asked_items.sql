-- grain: one item that a mail asked a unit about, in the order of the mail; a mail may name an item twice
-- parameters: mail_id
-- writes: nothing
SELECT asked_item.item_id AS id, notice.unit_code, asked_item.indicator, asked_item.problem, asked_item.deadline_told
FROM asked_item
INNER JOIN notice ON notice.id = asked_item.notice_id
WHERE notice.mail_id = :mail_id AND asked_item.answer_sequence IS NULL
ORDER BY notice.due_at, notice.id, asked_item.position
