"""RabbitMQ: what an application needs of exchanges and queues, the edges of publishers and subscribers, and their rights."""
