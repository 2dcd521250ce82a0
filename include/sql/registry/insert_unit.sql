-- grain: one unit and span of validity
-- parameters: every column
-- writes: unit
INSERT INTO unit (
    code, valid_from, valid_to, name, street_code, street, unit_type, households, secretary_email, officer_email,
    liaison_email, is_provisional_code, kind
)
VALUES (
    :code, :valid_from, :valid_to, :name, :street_code, :street, :unit_type, :households,
    :secretary_email, :officer_email, :liaison_email, :is_provisional_code, :kind
)
