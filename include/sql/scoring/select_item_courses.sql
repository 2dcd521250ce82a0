-- grain: one step of an item of a system that has steps, as known at a moment, in order; its end where that was known
-- parameters: any_code (subjects whose items they are, or who held a step), scheme, kind (empty: any), as_of_at
-- writes: nothing
SELECT
    item.id AS item_id, item.kind, item.unit_code, item.opened_period, item.opened_date, item_step.step, item_step.holder,
    item_step.due_date, item_step.waits_since_date,
    CASE WHEN item_step.ended_at <= :as_of_at THEN item_step.ended_date END AS ended_date,
    CASE WHEN item_step.ended_at <= :as_of_at THEN item_step.outcome END AS outcome,
    CASE WHEN item_step.ended_at <= :as_of_at THEN item_step.is_answered END AS is_answered
FROM (
    SELECT own.id FROM rectification_item AS own WHERE own.unit_code IN :any_code
    UNION
    SELECT held.item_id FROM item_step AS held WHERE held.holder IN :any_code
) AS wanted
CROSS JOIN rectification_item AS item
CROSS JOIN item_step
WHERE
    item.id = wanted.id AND item_step.item_id = item.id AND item.scheme = :scheme AND (:kind = '' OR item.kind = :kind) AND item_step.recorded_at <= :as_of_at
ORDER BY item.id, item_step.sequence
