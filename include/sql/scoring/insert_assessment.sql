-- grain: one scoring of a street's period
-- parameters: every column
-- writes: assessment
INSERT INTO assessment (
    id, scheme, scheme_version, period, street_code, revision, input_hash, hash_recipe, is_official, assessed_at
)
VALUES (
    :id, :scheme, :scheme_version, :period, :street_code, :revision, :input_hash, :hash_recipe, :is_official, :assessed_at
)
