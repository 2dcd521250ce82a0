-- grain: one item that a notice asks about
-- parameters: every column of asked_item
-- writes: asked_item
INSERT INTO asked_item (notice_id, position, item_id, indicator, problem, deadline_told, answer_sequence)
VALUES (:notice_id, :position, :item_id, :indicator, :problem, :deadline_told, :answer_sequence)
