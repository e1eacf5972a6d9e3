SET LOCAL work_mem = '64MB';
RESET work_mem;
DISCARD PLANS;
SET SESSION work_mem = '64MB';
