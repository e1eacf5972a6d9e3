ALTER DATABASE postgres RESET work_mem;
