-- grain: one item whose row was put right: its text and what its row says
-- parameters: id, problem, indicator, cells
-- writes: rectification_item
UPDATE rectification_item
SET problem = :problem, indicator = :indicator, cells = :cells
WHERE id = :id
