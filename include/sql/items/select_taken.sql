-- grain: one step of an item of a kind that is on, or ended on or after a day, with who held it and what the item says
-- parameters: scheme, kind, since, item_id (all steps of this one)
-- writes: nothing
SELECT item.id AS item_id, item.cells, item_step.step, item_step.holder, item_step.ended_date, item_step.outcome
FROM rectification_item AS item
INNER JOIN item_step ON item_step.item_id = item.id
WHERE
    item.scheme = :scheme AND item.kind = :kind
    AND (item_step.ended_date IS NULL OR item_step.ended_date >= :since OR item.id = :item_id)
ORDER BY item.id, item_step.sequence
