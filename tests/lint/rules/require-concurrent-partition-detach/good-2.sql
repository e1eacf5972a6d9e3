-- completes one that was interrupted
ALTER TABLE measurements DETACH PARTITION measurements_2024 FINALIZE;
