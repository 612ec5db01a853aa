"""What a smart trade is: its model, its wire form, its marker and its arithmetic."""
