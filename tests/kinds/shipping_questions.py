"""Sentences that must be asked about, whatever the orders are: each was once, or could be, a wrong set."""

UNCLEAR = """
ship orders under 5 lb and 8 oz
ship an order to Texas
ship a package to Texas
ship one to Texas
ship a box to Texas
ship all orders except for one to Texas
ship orders to Texas, Austin
ship orders over $1.000
ship all orders except Texas, and Florida orders by ground
ship orders with fragile and gears in the notes
ship orders over 50lb/23kg
ship orders over 50 lb or 23 kg
ship orders over 10 lb or $500
ship orders under 10 lb, $50
ship orders under 100 lb or 2001
ship all overnight
ship all express
ship all the express
ship orders where company and notes are blank
ship the orders i want
ship the ones I need
ship orders that don't go to Texas or weigh over 50 lb
ship orders that are not over 5 lb and under 10 lb
ship orders to Texas, not Austin, and Florida
ship orders except with a company and notes
ship orders of 5 pounds and under 10 pounds
refund order 1001
reship order 1001
ship 2 boxes to Texas
ship New York orders under 10 lb
ship TX/CA/FL
ship Texas and by ground Ohio
ship Texas by ground, Florida overnight
ship Texas orders at noon
ship Texas orders tomorrow
ship all Texas orders except none
ship all odd-numbered orders
ship all orders again
ship all orders but no express
ship all orders but one
ship all orders by ground or express
ship all orders by not ground
ship all orders by state
ship all orders first class
ship all orders in a box
ship all orders in one package
ship all orders on the ground floor
ship all orders the next day
ship all orders to California except Oakland and orders over 50 lb
ship all orders to Texas in one box
ship all orders to Texas twice
ship all orders to customers named Chen
ship all orders to me
ship all orders together
ship all orders without express
ship all unshipped orders
ship alle orders to Texas
ship and Texas
ship any one of the Texas orders
ship at most 5 orders to Texas
ship business orders
ship enough orders to make $500
ship everything by ground but overnight orders overnight
ship everything by overnight express
ship everything except Canada and orders over 50 lb
ship everything except Texas and ship Ohio overnight
ship everything except the
ship everything that is not (over 50 lb or to Texas)
ship everything to the US except California, Texas and anything over 50 lb
ship express to Texas
ship ground only
ship ground to Texas
ship half the Texas orders
ship just one Texas order
ship no more than 3 orders
ship not all orders
ship not everything
ship nothing
ship one of the Texas orders
ship one order to Texas
ship only one order to Texas
ship only what I want
ship orders 1001, 9999
ship orders 1001a
ship orders and
ship orders between $5 and 10 lb
ship orders by name
ship orders by weight
ship orders containing enamel pins
ship orders for Ground Coffee Co
ship orders for Mr. Okoro
ship orders for pickup
ship orders from Amazon
ship orders from March
ship orders from Texas to California
ship orders in Ohio above $100, in Texas above $200
ship orders missing anything
ship orders of 2 boxes
ship orders of Texas residents
ship orders on Elm Street
ship orders over $500 and 100 lb
ship orders over 10 inches
ship orders over 10 lb and $500
ship orders over 12.500 lb
ship orders over 2 weeks old
ship orders over 50 cents
ship orders over 50 lb and under 10 lb
ship orders over 50 lb first
ship orders over 50 percent
ship orders over a dozen pounds
ship orders over ∞ lb
ship orders placed after 2024-01-01
ship orders sorted by weight
ship orders to CA and NY
ship orders to Kansas City
ship orders to London and Oxford
ship orders to Ohio except not Columbus
ship orders to San
ship orders to San Fransisco
ship orders to St. Louis
ship orders to Tejas
ship orders to Texas Ohio
ship orders to Texs
ship orders to apartments
ship orders totaling over 500 pounds
ship orders whose notes do not contain fragile
ship orders whose phone is missing
ship orders with fragile and insure in the notes
ship orders with less than $50 shipping
ship orders with missing info
ship orders with weight over $50
ship orders without duplicates
ship overnight orders
ship overnight orders to Florida
ship pending orders
ship red orders
ship so-called orders
ship some Texas orders
ship the expensive ones
ship the first 10 orders
ship the labels for Texas
ship the order with the highest total
ship the rest
ship the top 5 heaviest orders
ship this order
ship to Carolina
ship to the Dakotas
ship two orders to Texas
ship up to $500 of orders
ship up to 100 lb of orders
ship where weight > total
ship with DHL Express all orders to Canada
ship yesterday's orders
upgrade all ground orders to Texas to overnight
we need 5 orders
what is the weather
""".strip().splitlines()
