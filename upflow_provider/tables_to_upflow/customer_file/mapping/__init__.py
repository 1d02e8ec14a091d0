"""What the lines of a customer file say, and what has to change in Upflow. Pure."""
