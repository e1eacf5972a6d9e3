"""The start-up sequence: ``invoke startup`` without invoke, and without anything that is shown.

Values: what startup.yaml says (spec), which phases are asked for (choice), what waits for what (graph) and may begin
(schedule), which failures deserve another attempt (retry), what happened (result) and how far it is (state); variables
in text (environment), which of them are secret (masking); how long it may take (budget), what a platform allows
(limits, systemd), and where the time went (analysis).

World: the file (read, document, checked); the sequence (supervisor), in which each phase (phase_run) has attempts, of
which each (attempt) is a warden, who ends all that his worker starts (processes); what they find (stage), what they
may tell (phase), what their exceptions amount to (explain); what others are told meanwhile (state_file, heartbeat,
notify); what follows (handover); and the files of platforms (platforms, documents).
"""
