-- grain: one item of one street's units (one that was handed on: of whom it was found at, where the street knew it); is_taken_up tells whether this period's circular carried or reopened it
-- parameters: scheme, period, is_every_kind (else rectification alone), assessment_id (its units are the street's)
-- writes: nothing
SELECT
    score.unit_code, item.indicator, item.problem, item.opened_period, item.deadline, item.state, item.is_open,
    item.owner, item.liaison, item.kind, item.number, item.step,
    item.step_due_date, item.opened_date,
    EXISTS (
        SELECT 1 FROM item_event
        WHERE item_event.item_id = item.id AND item_event.kind IN ('carried', 'reopened') AND item_event.stage = :period
    ) AS is_taken_up
FROM rectification_item AS item
INNER JOIN score
    ON
        score.assessment_id = :assessment_id
        AND score.unit_code = COALESCE(
            (
                SELECT origin.unit_code
                FROM score AS origin
                WHERE origin.assessment_id = :assessment_id AND origin.unit_code = item.origin_code
            ),
            item.unit_code
        )
WHERE item.scheme = :scheme AND (item.kind = 'rectification' OR :is_every_kind)
