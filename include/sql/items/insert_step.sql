-- grain: one step that begins
-- parameters: item_id, sequence, step, holder_scope, holder, began_date, due_date, is_provisional, recorded_at
-- writes: item_step
INSERT INTO item_step (
    item_id, sequence, step, holder_scope, holder, began_date, due_date, is_provisional, recorded_at
)
VALUES (
    :item_id, :sequence, :step, :holder_scope, :holder, :began_date, :due_date, :is_provisional, :recorded_at
)
ON CONFLICT DO NOTHING
