"""The machine that kp2heat runs on: its cores, its memory, what it leaves this process."""
