-- grain: one question as another record has it
-- parameters: every column
-- writes: question
INSERT INTO question (
    circular_id, sequence, model_hash, asked_at, asked_in, office, batch, answered_at, answer, account, name, note, how
)
VALUES (
    :circular_id, :sequence, :model_hash, :asked_at, :asked_in, :office, :batch, :answered_at, :answer, :account, :name,
    :note, :how
)
