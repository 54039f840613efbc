"""Labels drawn from joints: samples, scenes, planes, and what is prepared once to draw many."""
