-- completes one that was interrupted
DO $$
BEGIN
    ALTER TABLE measurements DETACH PARTITION measurements_2024 FINALIZE;
EXCEPTION
    WHEN object_not_in_prerequisite_state THEN NULL;
END
$$;
